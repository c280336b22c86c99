/** Calls to a worker. Each call has a number. Its answer, a result or an error of one line, has the same number. */

interface Call {
  id: number;
  name: string;
  input: unknown;
}
type Answer = { id: number; result: unknown } | { id: number; error: string };

/** A result whose buffers are transferred instead of copied. */
export class Handed {
  constructor(
    readonly value: unknown,
    readonly buffers: Transferable[],
  ) {}
}

export const message = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? "unknown error";
};

/** In a worker: answers calls with `handlers`. */
export function serve(handlers: Record<string, (input: never) => unknown>): void {
  self.addEventListener("message", async (event: MessageEvent<Call>) => {
    const { id, name, input } = event.data;
    if (typeof id !== "number") return;
    try {
      const handler = handlers[name];
      if (!handler) throw new Error(`no such call: ${name}`);
      const result = await handler(input as never);
      if (result instanceof Handed) self.postMessage({ id, result: result.value }, { transfer: result.buffers });
      else self.postMessage({ id, result });
    } catch (error) {
      self.postMessage({ id, error: message(error) });
    }
  });
}

/** The page's side of a worker. */
export class Remote {
  private next = 0;
  private waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private ended: Error | undefined;

  /** `onEvent` receives the messages of the worker that answer no call. */
  constructor(
    private readonly worker: Worker,
    onEvent: (event: never) => void = () => {},
  ) {
    worker.onmessage = (event: MessageEvent<Answer>) => {
      const waiting = this.waiting.get(event.data.id);
      if (!waiting) return onEvent(event.data as never);
      this.waiting.delete(event.data.id);
      if ("error" in event.data) waiting.reject(new Error(event.data.error));
      else waiting.resolve(event.data.result as never);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(`${event.message || "the worker stopped"}${event.lineno ? ` (line ${event.lineno})` : ""}`);
    };
  }

  call<T>(name: string, input: unknown = {}): Promise<T> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.next;
    this.next += 1;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, name, input });
    });
  }

  /** Terminates the worker. Pending calls fail with `reason`. */
  end(reason = "stopped"): void {
    this.worker.terminate();
    this.ended = new Error(reason);
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }
}
