// The case files that the Rust tests read too.

import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.env.GATEHOUSE_CASES ?? path.resolve(__dirname, '../../crates/domain/cases');

/** One file, parsed. */
export function cases<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as T;
}
