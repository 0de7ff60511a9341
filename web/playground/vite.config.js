import { defineConfig } from 'vite';
import { bundledLicenses } from './build/licenses.js';
import { compressed } from './build/compress.js';

const licenses = bundledLicenses();

export default defineConfig({
  // Relative, so that the page also works behind a path prefix.
  base: './',
  plugins: [licenses.collect(), licenses.write('playground/licenses.txt'), compressed()],
  worker: {
    // Monaco's workers are files of our own origin, not blobs or inline scripts.
    format: 'es',
    plugins: () => [licenses.collect()],
  },
  build: {
    target: 'es2022',
    assetsDir: 'playground/assets',
    // A data: URL would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor is one large chunk, which browsers cache after the first visit.
    chunkSizeWarningLimit: 6000,
    reportCompressedSize: false,
    rolldownOptions: {
      // GraphiQL derives the titles of its icons from names of functions.
      output: { keepNames: true },
      // The "use client" directives in libraries are for server rendering only.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
});
