// AI Access as people see it: the table by its headings, everything else by its name.

import { expect, type Locator, type Page } from '@playwright/test';

/** The page's parts. */
export class AccessPage {
  readonly table: Locator;
  readonly search: Locator;
  readonly pager: Locator;

  constructor(readonly page: Page) {
    this.table = page.getByRole('table', { name: 'Members and invitations' });
    this.search = page.getByRole('searchbox', { name: 'Search members' });
    this.pager = page.getByRole('navigation', { name: 'Pages' });
  }

  /** The rows below the headings. */
  get rows(): Locator {
    return this.table.getByRole('row').filter({ has: this.page.getByRole('rowheader') });
  }

  /** The row of an e-mail. */
  row(email: string): Locator {
    return this.table.getByRole('row').filter({ has: this.page.getByRole('cell', { name: email, exact: true }) });
  }

  /** The heading of a column. */
  heading(label: string): Locator {
    return this.table.getByRole('columnheader', { name: label, exact: true });
  }

  /** A cell of a row, by its heading. */
  async cell(row: Locator, label: string): Promise<Locator> {
    const labels = await this.labels();
    return row.getByRole('cell').or(row.getByRole('rowheader')).nth(labels.indexOf(label));
  }

  /** The headings, in order. */
  async labels(): Promise<string[]> {
    const texts = await this.table.getByRole('columnheader').allInnerTexts();
    return texts.map((text) => text.trim());
  }

  /** What a column says, from the first row to the last; exact times where there are times. */
  async column(label: string): Promise<string[]> {
    const at = (await this.labels()).indexOf(label);
    expect(at, `a column ${label}`).not.toBe(-1);
    return this.rows.evaluateAll((rows, at) => {
      const cells = rows.map((row) => (row as HTMLTableRowElement).cells[at]);
      return cells.map((cell) => cell?.querySelector('time')?.dateTime ?? cell?.innerText.trim() ?? '');
    }, at);
  }

  /** Waits until the table stands still: what it shows is the answer to the address. */
  async settled(): Promise<void> {
    await expect(this.page.locator('[aria-busy=true]')).toHaveCount(0);
  }

  /** Searches for somebody and waits until the table shows nobody else: until then the row would still be replaced. */
  async find(email: string): Promise<void> {
    await this.search.fill(email);
    // By rows, not by a column: on a phone there are no headings.
    await expect(this.rows).toHaveCount(1);
    await this.row(email).waitFor();
    await this.settled();
  }

  /** Waits until the table shows exactly these e-mails, in whatever order. */
  async expectEmails(emails: string[]): Promise<void> {
    await expect.poll(async () => (await this.emails()).sort()).toEqual([...emails].sort());
  }

  /** The e-mails shown; none when there is no table. */
  async emails(): Promise<string[]> {
    return (await this.table.count()) ? this.column('Email') : [];
  }

  /** Something that drops down from a button: a filter, the download formats. */
  dropdown(text: string | RegExp): Locator {
    return this.page.locator('summary').filter({ hasText: text });
  }

  /** Sets a filter by ticking choices. */
  async filter(kind: string, ...choices: string[]): Promise<void> {
    await this.dropdown(new RegExp(`^${kind}`)).click();
    const group = this.page.getByRole('group', { name: `Filter by ${kind.toLowerCase()}` });
    for (const choice of choices) await group.getByRole('checkbox', { name: choice, exact: true }).check();
    await this.page.keyboard.press('Escape');
    await expect(group).toBeHidden();
  }

  /** Opens the menu of a row and chooses from it. */
  async choose(email: string, action: string): Promise<void> {
    await this.row(email).getByRole('button', { name: /^Actions for/ }).click();
    await this.page.getByRole('menuitem', { name: action, exact: true }).click();
  }

  /** The numbers of the status line. */
  async counts(): Promise<Record<'users' | 'invited' | 'suspended' | 'without', number>> {
    const text = await this.statusLine.innerText();
    const number = (pattern: RegExp): number => {
      const found = pattern.exec(text)?.[1];
      expect(found, `${pattern} in “${text}”`).toBeDefined();
      return Number(found?.replaceAll(',', ''));
    };
    return {
      users: number(/([\d,]+) users?/),
      invited: number(/([\d,]+) invited/),
      suspended: number(/([\d,]+) suspended/),
      without: number(/([\d,]+) without allowed providers/),
    };
  }

  get statusLine(): Locator {
    return this.page.getByRole('paragraph').filter({ hasText: 'without allowed providers' });
  }

  /** How many rows the pager says there are. */
  async total(): Promise<number> {
    const text = await this.pager.innerText();
    return Number(/of ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', ''));
  }

  /** Reads a column over all pages, going from one to the next. */
  async overAllPages(label: string): Promise<string[]> {
    const values: string[] = [];
    for (;;) {
      values.push(...(await this.column(label)));
      const next = this.pager.getByRole('link', { name: 'Next page' });
      if (!(await next.count()) || (await next.getAttribute('aria-disabled'))) return values;
      const before = await this.pager.innerText();
      await next.click();
      await expect(this.pager).not.toHaveText(before);
      await this.settled();
    }
  }
}
