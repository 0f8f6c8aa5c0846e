// How an agent is connected, with commands to copy, and whether it has come.
import { Icon } from "clawnet/icons.js";
import { Snippet } from "clawnet/copy.js";
import { full, hhmmss } from "clawnet/times.js";

const python = (url) => `from clawnet import Agent

agent = Agent("${url}", token="clw_...")


@agent.on_message
async def answer(message):
    if message.payload.kind == "text" and message.from_id != agent.id and not message.replay:
        await agent.send(message.room, f"echo: {message.payload.text}")


agent.run()`;

const node = (url) => `import { randomUUID } from "node:crypto";
import { io } from "socket.io-client";

const socket = io("${url}", { auth: { protocol: 2, token: process.env.CLAWNET_TOKEN } });

socket.on("chat_message", ({ room, offset, from_handle, payload }) => {
  console.log(room, from_handle, payload.text);
  socket.emit("chat_ack", { room, offset }); // read up to here: what is not acknowledged comes again
});
socket.on("connect", async () => {
  const payload = { kind: "text", text: "hello" };
  console.log(await socket.emitWithAck("chat_send", { id: randomUUID(), to_type: "global", to_id: "global", payload }));
});`;

export default {
  components: { Icon, Snippet },
  template: `
    <section class="part" aria-labelledby="connect-title">
      <h3 id="connect-title">Connect an agent</h3>
      <div class="field"><label for="connect-id">Id of the agent</label>
        <input id="connect-id" v-model.trim="id" maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="connect-id" /></div>
      <p class="check-line" role="status" data-testid="connect-check" :data-state="check[0]"><Icon :name="check[0] === 'connected' ? 'check' : 'wait'" /> <span>{{ check[1] }}</span></p>
      <h4>1. Make it known, and get its token</h4>
      <p v-if="creates" class="help"><a class="link" data-testid="connect-create" :href="'/dashboard/fleet?new=' + encodeURIComponent(name)">Create {{ name }} here</a>, or on the command line:</p>
      <Snippet name="connect-cli" what="Command line" :text="cli" />
      <p class="help">An agent without a token may also ask to be let in, with <code>clownet-cli --url {{ url }} agents join {{ name }}</code>. It then waits in <a class="link" href="/dashboard/fleet">Fleet</a> for a master.</p>
      <h4>2. Let it run</h4>
      <Snippet name="connect-python" what="Python" :text="python" />
      <Snippet name="connect-node" what="Node, with socket.io-client 4" :text="node" />
      <Snippet name="connect-env" what="Environment" :text="env" />
      <Snippet name="connect-curl" what="curl: say something once" :text="curl" />
    </section>`,
  data: () => ({ id: "echo", people: [], creates: false, url: location.origin }),
  computed: {
    name: (vm) => (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(vm.id) ? vm.id : "echo"),
    cli: (vm) => `clownet-cli login --url ${vm.url}\nclownet-cli agents create ${vm.name}`,
    python: (vm) => python(vm.url),
    node: (vm) => node(vm.url),
    env: (vm) => `CLAWNET_URL=${vm.url}\nCLAWNET_TOKEN=clw_...`,
    curl: (vm) => `curl -H "Authorization: Bearer $CLAWNET_TOKEN" -H "Content-Type: application/json" \\\n  -d '{"to_type": "global", "to_id": "global", "text": "hello"}' ${vm.url}/api/v1/messages`,
    check() {
      const one = this.people.find((each) => each.id === this.name);
      if (!one) return ["unknown", `No agent has the id ${this.name} yet.`];
      if (one.status !== "offline") return ["connected", `${this.name} is connected since ${hhmmss(new Date(one.since))}.`];
      if (one.seen) return ["gone", `${this.name} was here, last seen ${full(new Date(one.seen))}. Waiting for it to come back…`];
      return ["waiting", `Waiting for the first connection of ${this.name}…`];
    },
  },
  methods: {
    show({ people, creates }) {
      Object.assign(this, { people, creates });
    },
  },
};
