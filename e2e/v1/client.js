// A v1 client as they have always been: the stock socket.io-client and a handshake without a version. It is
// driven by one JSON command per line on stdin, answers each with {"done": <number>, ...}, and tells every
// event that it hears as {"event": ..., "body": ...}.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");
let socket;

const commands = {
  connect({ url, auth, transports }) {
    socket = io(url, { auth, transports, reconnectionDelay: 50, reconnectionDelayMax: 200 });
    socket.onAny((event, body) => tell({ event, body }));
    socket.on("connect", () => tell({ event: "connect" }));
    socket.on("disconnect", (reason) => tell({ event: "disconnect", body: reason }));
    socket.on("connect_error", (error) => tell({ event: "connect_error", body: error.data ?? null }));
    return {};
  },
  async call({ event, body }) {
    return { ack: await socket.timeout(10000).emitWithAck(event, body) };
  },
  // As v1 clients mostly do it: nobody waits for an ack.
  emit({ event, body }) {
    socket.emit(event, body);
    return {};
  },
  burst({ event, bodies }) {
    for (const body of bodies) socket.emit(event, body);
    return {};
  },
  close() {
    socket.disconnect();
    return {};
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { number, command, ...args } = JSON.parse(line);
  Promise.resolve()
    .then(() => commands[command](args))
    .then(
      (result) => tell({ done: number, ...result }),
      (error) => tell({ done: number, failed: String(error) }),
    );
}).on("close", () => process.exit(0));
