// The case files that the Rust tests read too.

import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.env.GATEHOUSE_CASES ?? path.resolve(__dirname, '../../crates/domain/cases');

/**
 * What may stand in a place of a file: any text or number, one of some words, a list, an object with these fields (one that ends in
 * `?` may be missing), or an object with fields of any name.
 */
export type Known = 'text' | 'number' | { words: readonly string[] } | { each: Known } | { fields: Record<string, Known> } | { map: Known };

/** One file, parsed. A word in it that the test does not know fails: what it says would be passed over. */
export function cases<T>(name: string, known: Record<string, Known>): T {
  const file: unknown = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
  check(name, file, { fields: known });
  return file as T;
}

function check(place: string, value: unknown, known: Known): void {
  const wrong = (why: string): never => {
    throw new Error(`${place}: ${why}`);
  };
  if (known === 'text' || known === 'number') {
    if (typeof value !== (known === 'text' ? 'string' : 'number')) wrong(`${JSON.stringify(value)} is no ${known}`);
  } else if ('words' in known) {
    if (!known.words.includes(value as string)) wrong(`${JSON.stringify(value)} is none of ${known.words.join(', ')}`);
  } else if ('each' in known) {
    if (!Array.isArray(value)) return wrong('is no list');
    value.forEach((one, index) => check(`${place}[${index}]`, one, known.each));
  } else {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('is no object');
    for (const [field, inside] of Object.entries(value)) {
      const may = 'map' in known ? known.map : (known.fields[field] ?? known.fields[`${field}?`]);
      check(`${place}.${field}`, inside, may ?? wrong(`has an unknown field “${field}”`));
    }
    if ('map' in known) return;
    for (const field of Object.keys(known.fields)) if (!field.endsWith('?') && !(field in value)) wrong(`lacks “${field}”`);
  }
}
