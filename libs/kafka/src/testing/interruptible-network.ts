import { connect, type Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

/** kafkajs's way to the brokers, with a hand on it: hold requests back, lose answers, cut it. */
export class InterruptibleNetwork {
  private readonly sockets = new Set<Socket>();
  private held: (() => void)[] | undefined;
  private answersLost = false;
  private isCut = false;

  readonly socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = this.isCut ? connect({ host: '127.0.0.1', port: 1 }, onConnect) : connect({ host, port }, onConnect);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    const write = socket.write.bind(socket) as (...inputs: unknown[]) => boolean;
    socket.write = (...inputs: unknown[]) => {
      if (!this.held) return write(...inputs);
      this.held.push(() => void write(...inputs));
      return true;
    };
    const emit = socket.emit.bind(socket) as (...inputs: unknown[]) => boolean;
    socket.emit = ((event: string, ...inputs: unknown[]) =>
      event === 'data' && this.answersLost ? true : emit(event, ...inputs)) as Socket['emit'];
    return socket;
  };

  holdRequests(): void {
    this.held = [];
  }

  /** What was held goes out now, in order. */
  releaseRequests(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const send of held) send();
  }

  loseAnswers(lost: boolean): void {
    this.answersLost = lost;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }
}
