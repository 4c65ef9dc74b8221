import { once } from 'node:events';
import { connect } from 'node:net';

/** An answer, as far as a load generator looks at it. */
export interface Answered {
  status: number;
  body: string;
}

/**
 * One keep-alive connection of HTTP/1.1 that asks one thing at a time. It reads the status, the length and the body, and
 * nothing more: on two cores, what the generator takes is taken from what is measured. node:http's client takes about
 * five times as much.
 */
export class HttpConnection {
  private received = '';
  private waiting: { answered: (answer: Answered) => void; failed: (error: Error) => void } | undefined;

  private constructor(private readonly socket: ReturnType<typeof connect>) {
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (chunk: string) => this.read(chunk));
    socket.on('error', (error) => this.waiting?.failed(error));
    socket.on('close', () => this.waiting?.failed(new Error('the server closed the connection')));
  }

  static async open(url: URL): Promise<HttpConnection> {
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  /** `request`: head and body, in ASCII. */
  ask(request: string): Promise<Answered> {
    return new Promise((answered, failed) => {
      this.waiting = { answered, failed };
      this.socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private read(chunk: string): void {
    this.received = this.received === '' ? chunk : this.received + chunk;
    const head = this.received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const named = this.received.indexOf('content-length: ');
    if (named < 0 || named > head) throw new Error(`an answer without its length: ${this.received.slice(0, head)}`);
    const end = head + 4 + Number.parseInt(this.received.slice(named + 16, named + 32), 10);
    if (this.received.length < end) return;
    const answer = {
      status: Number.parseInt(this.received.slice(9, 12), 10),
      body: this.received.slice(head + 4, end),
    };
    this.received = this.received.slice(end);
    this.waiting!.answered(answer);
  }
}
