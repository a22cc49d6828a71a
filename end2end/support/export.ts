// Exported files, read by other means than those that wrote them.

import { readFile } from 'node:fs/promises';
import type { Download } from '@playwright/test';
import ExcelJS from 'exceljs';

/** A spreadsheet's one sheet that is shown: its headings and its rows, cell by cell. */
export interface Sheet {
  sheet: ExcelJS.Worksheet;
  headings: string[];
  rows: { text: string; value: ExcelJS.CellValue }[][];
}

/** Reads a downloaded spreadsheet. */
export async function readXlsx(download: Download): Promise<Sheet> {
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(await download.path());
  // Beside it there is what the import needs to know, which no program shows.
  const [sheet, ...others] = workbook.worksheets.filter((sheet) => sheet.state !== 'veryHidden');
  if (!sheet || others.length > 0) throw new Error('one sheet expected');
  const width = sheet.columnCount;
  const cells = (row: number) => Array.from({ length: width }, (_, column) => sheet.getRow(row).getCell(column + 1));
  return {
    sheet,
    headings: cells(1).map((cell) => cell.text),
    rows: Array.from({ length: sheet.rowCount - 1 }, (_, row) =>
      cells(row + 2).map((cell) => ({ text: cell.text, value: cell.value })),
    ),
  };
}

/** The JSON export. */
export interface JsonExport {
  when: string;
  organization: { slug: string; name: string };
  query: unknown;
  count: number;
  members: {
    name: string;
    email: string;
    role: string;
    status: string;
    teams: string[];
    keys: { name: string; last_four: string; state: string }[];
    providers: { name: string; status: string }[];
    last_login: string | null;
    expires_at: string | null;
  }[];
}

/** Reads a downloaded JSON file. */
export async function readJson(download: Download): Promise<{ text: string; json: JsonExport }> {
  const text = await readFile(await download.path(), 'utf8');
  return { text, json: JSON.parse(text) as JsonExport };
}
