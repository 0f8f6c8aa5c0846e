// What is done with one message, by its bar or by key. Methods of the timeline.
import { MessageTools, TOOL_KEYS } from "./message-tools.js";
import { isLive } from "./connection.js";
import { copyText } from "./rows.js";
import { toast } from "./toasts.js";

export const handling = {
  makeTools() {
    return new MessageTools(this.$refs.rows, { allows: (name, entry) => this.offers(name, entry), act: (name, row, button) => this.useTool(name, row, button) });
  },

  offers(name, entry) {
    const said = entry.kind === "text";
    if (name === "text") return said;
    if (name === "reply") return this.writes && entry.from !== this.viewer;
    if (name === "redact") return this.about.writes && (said || entry.kind === "task");
    return true;
  },

  useTool(name, row, opener = row) {
    const { entry } = row;
    const acts = {
      text: () => this.copy(entry.text, "The text is copied."),
      link: () => this.copy(this.linkTo(entry), "The link is copied."),
      reply: () => this.reply(entry),
      unread: () => this.markUnread(row),
      details: () => this.$refs.dialogs.show("details", entry, opener),
      redact: () => this.$refs.dialogs.show("redact", entry, opener),
    };
    if (this.offers(name, entry)) acts[name]();
  },

  onToolKey(event, row) {
    const name = TOOL_KEYS[event.key];
    if (!name || !row?.entry?.o || event.target !== row) return false;
    if (name === "details" && row.card) return row.querySelector(".acts .link")?.click() ?? true;
    this.useTool(name, row);
    return true;
  },

  linkTo(entry) {
    return `${location.origin}${this.about.path}?m=${encodeURIComponent(entry.id)}`;
  },

  async copy(text, said) {
    toast((await copyText(text)) ? { text: said } : { text: "The browser does not let this page copy.", kind: "error" });
  },

  reply(entry) {
    const name = `@${entry.name} `;
    if (!this.composer.text.includes(name.trim())) this.composer.replace(0, 0, name);
    this.composer.toEnd();
  },

  receiptsOf(entry) {
    return this.ask("receipts", { room: this.about.room, offset: entry.o, sender: entry.from });
  },

  removeMessage(entry, reason) {
    return isLive() ? this.ask("remove", { room: this.about.room, id: entry.id, reason }) : { error: "The relay does not answer now. Nothing was sent." };
  },
};
