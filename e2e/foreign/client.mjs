// A foreign agent: the stock socket.io-client, driven by one JSON command per line on stdin. It answers
// each command with {"done": <number>, ...} and tells every event that it hears as {"event": ..., "body": ...}.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");
let socket;

const commands = {
  connect({ url, token, transports }) {
    socket = io(url, {
      auth: { protocol: 2, token, client: { name: "foreign", version: "1" } },
      transports,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
    });
    socket.onAny((event, body) => tell({ event, body }));
    socket.on("connect", () => tell({ event: "connect", transport: socket.io.engine.transport.name }));
    socket.on("disconnect", (reason) => tell({ event: "disconnect", reason }));
    socket.on("connect_error", (error) => tell({ event: "connect_error", body: error.data ?? null }));
    return {};
  },
  async emit({ event, body }) {
    return { ack: await socket.timeout(10000).emitWithAck(event, body) };
  },
  async burst({ event, bodies }) {
    return { acks: await Promise.all(bodies.map((body) => socket.timeout(10000).emitWithAck(event, body))) };
  },
  async retry({ event, body }) {
    // What PROTOCOL_v2 asks of a sender: the same id again until there is an answer.
    for (let tries = 1; ; tries++) {
      try {
        return { tries, ack: await socket.timeout(500).emitWithAck(event, body) };
      } catch {
        continue;
      }
    }
  },
  transport() {
    return { transport: socket.io.engine.transport.name };
  },
  close() {
    socket.close();
    return {};
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { number, command, ...args } = JSON.parse(line);
  Promise.resolve(commands[command](args)).then(
    (result) => tell({ done: number, ...result }),
    (error) => tell({ done: number, failed: String(error) }),
  );
}
process.exit(0);
