// Asks once more before something that can't be undone: `if (await this.$refs.confirm.ask({...}))`.
let count = 0;

export const Confirm = {
  template: `
    <dialog ref="box" :aria-labelledby="id" data-testid="confirm" @close="settle(false)"><template v-if="title">
      <h2 :id="id">{{ title }}</h2>
      <p v-for="line in lines" :key="line">{{ line }}</p>
      <div class="buttons">
        <button type="button" class="button" data-testid="confirm-no" autofocus @click="$refs.box.close()">Cancel</button>
        <button type="button" class="button danger" data-testid="confirm-yes" @click="settle(true)">{{ verb }}</button>
      </div></template>
    </dialog>`,
  data: () => ({ id: `confirm-${++count}`, title: "", lines: [], verb: "" }),
  methods: {
    async ask({ title, lines, verb }) {
      Object.assign(this, { title, lines, verb });
      this.opener = document.activeElement;
      await this.$nextTick();
      this.$refs.box.showModal();
      return new Promise((resolve) => (this.resolve = resolve));
    },
    settle(answer) {
      const resolve = this.resolve;
      this.resolve = null;
      if (answer) this.$refs.box.close();
      if (!resolve) return;
      this.title = "";
      this.opener?.focus();
      resolve(answer);
    },
  },
};
