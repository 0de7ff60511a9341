import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

const TEXTS = /^(licen[cs]e|copying|notice|thirdpartynotices)/i;
const HEAD = `Dermagraph playground: licences of the bundled parts

This file is generated with the bundle. It lists every package whose code, styles or fonts are in the bundle.
`;
/** Licences that are not in the package: the icon font has one of its own. */
const NOTES = {
  'monaco-editor':
    'The icon font "codicon" in this package is by Microsoft, licensed under Creative Commons Attribution 4.0 International\n(https://creativecommons.org/licenses/by/4.0/legalcode).',
};

/**
 * Collects the packages whose files are bundled, and writes their licences as one text file.
 * A package without the text of a licence fails the build.
 */
export function bundledLicenses() {
  const packages = new Map();
  const add = (file) => {
    const folder = packageFolder(file.replace(/^\0+/, '').split('?')[0]);
    if (folder && !packages.has(folder)) {
      packages.set(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    }
  };
  return {
    collect: () => ({
      name: 'licenses:collect',
      apply: 'build',
      transform(_code, id) {
        add(id);
        return null;
      },
    }),
    write: (fileName) => {
      let root;
      return {
        name: 'licenses:write',
        apply: 'build',
        configResolved(config) {
          root = config.root;
        },
        generateBundle(_options, bundle) {
          for (const part of Object.values(bundle)) {
            for (const file of part.originalFileNames ?? []) add(resolve(root, file));
          }
          this.emitFile({ type: 'asset', fileName, source: print(packages) });
        },
      };
    },
  };
}

/** Returns the folder of the package that a file in `node_modules` belongs to; undefined for our own files. */
function packageFolder(file) {
  const mark = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(mark);
  if (at < 0) return undefined;
  const [scopeOrName, name] = file.slice(at + mark.length).split(sep);
  const folder = join(file.slice(0, at), 'node_modules', scopeOrName, scopeOrName.startsWith('@') ? name : '');
  return existsSync(join(folder, 'package.json')) ? folder : undefined;
}

function print(packages) {
  const byName = [...packages].sort(([, a], [, b]) => (a.name < b.name ? -1 : 1));
  const seen = new Set();
  const parts = [];
  for (const [folder, manifest] of byName) {
    const title = `${manifest.name} ${manifest.version} (${manifest.license})`;
    if (seen.has(title)) continue;
    seen.add(title);
    const texts = ownTexts(folder) ?? siblingTexts(manifest, packages) ?? template(manifest);
    if (!texts) throw new Error(`${title} has no licence text that can be shipped`);
    const note = NOTES[manifest.name] ? [NOTES[manifest.name]] : [];
    parts.push([title, '-'.repeat(title.length), '', ...note, ...texts].join('\n'));
  }
  return `${[HEAD, ...parts].join('\n\n\n')}\n`;
}

function ownTexts(folder) {
  const files = readdirSync(folder).filter((name) => TEXTS.test(name)).sort();
  return files.length ? files.map((name) => readFileSync(join(folder, name), 'utf8').trim()) : undefined;
}

/** Returns the licence of another package of the same repository, because some packages leave the file out. */
function siblingTexts(manifest, packages) {
  const repository = repositoryOf(manifest);
  for (const [folder, other] of packages) {
    if (repository && repositoryOf(other) === repository && other.license === manifest.license) {
      const texts = ownTexts(folder);
      if (texts) return texts;
    }
  }
  return undefined;
}

function repositoryOf({ repository }) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^(git\+)?(https?|ssh|git):\/\/(git@)?|^github:|\.git$/g, '').replace(/^github\.com\//, '');
}

function template({ license, author, contributors }) {
  if (license !== 'MIT') return undefined;
  const people = [author, ...(contributors ?? [])].filter(Boolean);
  const names = people.map((person) => (typeof person === 'string' ? person : person.name)).join(', ');
  return [
    readFileSync(new URL('./mit.txt', import.meta.url), 'utf8').trim().replace('{holders}', names || 'its authors'),
  ];
}
