// Writes the options of the core's registry into index.d.ts; a test compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const native = createRequire(import.meta.url)('../lib/native.js');
const file = new URL('../index.d.ts', import.meta.url);

const TYPES = {
  text: 'string',
  bool: 'boolean | string',
  integer: 'number | string',
  duration: 'number | string',
  size: 'number | string',
  choice: 'string',
  list: 'string | readonly string[]',
  'path, PEM text or bytes': 'string | Uint8Array',
};
// What the JavaScript layer takes beyond that.
const MORE = { address: 'string | URL', totp_code: 'string | (() => string | Promise<string>)' };
const WIDTH = 118;

export function camelCase(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function declaration({ name, kind, defaultValue, doc, secret }) {
  const notes = { duration: ' A number is seconds.', size: ' A number is bytes.' };
  const text = `${doc}${notes[kind] ?? ''}${secret ? ' Secret: never shown.' : ''}`;
  const lines = wrap(text).concat(wrap(`@default ${defaultValue}`));
  const comment = lines.map((line) => `   * ${line}`).join('\n');
  return `  /**\n${comment}\n   */\n  ${camelCase(name)}?: ${MORE[name] ?? TYPES[kind]} | null | undefined;\n`;
}

function wrap(text) {
  const lines = [''];
  for (const word of text.replaceAll('*/', '* /').split(' ')) {
    const last = lines.at(-1);
    if (last !== '' && last.length + word.length + 6 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/** Every name that has no declaration of its own. */
function spellings(options) {
  const own = new Set(['url', ...options.filter((option) => option.applied).map(({ name }) => camelCase(name))]);
  const all = options.flatMap(({ name, aliases, applied }) => (applied ? [name, ...aliases] : [name, camelCase(name), ...aliases]));
  const names = [...new Set(all)].filter((name) => !own.has(name));
  return names.map((name) => `  | ${JSON.stringify(name).replaceAll('"', "'")}\n`).join('');
}

/** index.d.ts as it is, and as it should be. */
export function compare() {
  const now = readFileSync(file, 'utf8');
  const options = native.options();
  const sections = {
    options: options.filter((option) => option.applied).map(declaration).join(''),
    spellings: spellings(options),
  };
  const marks = /( {2}\/\/ <generated from the registry: (\w+)>\n)[^]*?( {2}\/\/ <\/generated>)/g;
  return { now, wanted: now.replace(marks, (_, start, section, end) => start + sections[section] + end) };
}

if (import.meta.filename === process.argv[1]) writeFileSync(file, compare().wanted);
