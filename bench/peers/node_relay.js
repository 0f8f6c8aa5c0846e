// A bare relay on Node's socket.io: rooms and acks, no guarantee at all. To compare with.
const { Server } = require("socket.io");

const options = { pingInterval: 10000, pingTimeout: 10000, perMessageDeflate: false, maxHttpBufferSize: 65536 };
const io = new Server(Number(process.argv[2]), options);
let offset = 0;

io.on("connection", (socket) => {
  const { token } = socket.handshake.auth;
  socket.join(["global", token]);
  socket.on("chat_send", (body, ack) => {
    offset += 1;
    io.to(body.to_id).emit("chat_message", { ...body, from_id: token, offset });
    ack({ ok: true, offset });
  });
});
