// A mail server that keeps what it is sent.

import { simpleParser, type ParsedMail } from 'mailparser';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A message as a reader of mail shows it. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

export class Mailbox {
  private readonly mails: Mail[] = [];
  private told = (): void => {};

  private constructor(private readonly server: SMTPServer) {}

  static async start(): Promise<Mailbox> {
    const server = new SMTPServer({
      authOptional: true,
      // There may be no name server to ask.
      disableReverseLookup: true,
      // Gatehouse keeps its connection for a while, which nobody needs to wait for.
      closeTimeout: 1,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _session, taken) => {
        simpleParser(stream).then((mail) => {
          mailbox.keep(mail);
          taken();
        }, taken);
      },
    });
    const mailbox = new Mailbox(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return mailbox;
  }

  /** Settings by which Gatehouse sends here. */
  get env(): Record<string, string> {
    const { port } = this.server.server.address() as AddressInfo;
    return { GATEHOUSE_SMTP_URL: `smtp://127.0.0.1:${port}`, GATEHOUSE_MAIL_FROM: 'Gatehouse <gatehouse@example.com>' };
  }

  /** The next message to somebody that was not looked at; waits for it. */
  async next(to: string): Promise<Mail> {
    for (;;) {
      const at = this.mails.findIndex((mail) => mail.to === to);
      if (at >= 0) return this.mails.splice(at, 1)[0] as Mail;
      await new Promise<void>((resolve) => (this.told = resolve));
    }
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private keep(mail: ParsedMail): void {
    const to = [mail.to ?? []].flat()[0]?.text ?? '';
    this.mails.push({ to, subject: mail.subject ?? '', text: mail.text ?? '', html: mail.html || '' });
    this.told();
  }
}

/** The one address of Gatehouse that a message holds, without its host. */
export function linkIn(mail: Mail, page: string): string {
  const link = new RegExp(`https?://\\S+(/${page}/\\S+)`).exec(mail.text)?.[1];
  if (!link) throw new Error(`No link to ${page} in:\n${mail.text}`);
  return link;
}
