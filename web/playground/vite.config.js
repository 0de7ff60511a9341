import { defineConfig } from 'vite';
import { bundledLicenses } from './build/licenses.js';
import { compressed } from './build/compress.js';

const licenses = bundledLicenses();

export default defineConfig({
  // Relative, so that the page also works behind a path prefix.
  base: './',
  plugins: [licenses.collect(), licenses.write('playground/licenses.txt'), compressed()],
  worker: {
    // Monaco's workers come as files of our own origin: no blob, no inline script.
    format: 'es',
    plugins: () => [licenses.collect()],
  },
  build: {
    target: 'es2022',
    assetsDir: 'playground/assets',
    // A data: URL would need a hole in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor is one large chunk by nature; it is cached for good after the first visit.
    chunkSizeWarningLimit: 6000,
    reportCompressedSize: false,
    rolldownOptions: {
      // GraphiQL makes the titles of its icons out of the names of functions.
      output: { keepNames: true },
      // "use client" marks in libraries mean something to server renderers only.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
});
