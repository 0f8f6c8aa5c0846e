// What stands where something is on its way: still blocks in the shape of what will come, and the word for it.
const WIDTHS = [62, 48, 71, 55, 66, 43, 58, 74]; // percent, so that rows do not look ruled

export const Skeleton = {
  props: { name: String, text: String, rows: { type: Number, default: 5 }, shape: { type: String, default: "row" } },
  template: `
    <div class="blocks" :data-shape="shape" data-kind="loading" :data-testid="name + '-loading'" role="status">
      <p class="spoken">{{ text }}</p>
      <div v-for="row in rows" :key="row" class="blocks-row" aria-hidden="true"><i v-if="shape === 'form'" class="label"></i><i v-if="shape === 'row'" class="dot"></i><i :style="{ width: width(row) }"></i></div>
    </div>`,
  methods: { width: (row) => `min(${WIDTHS[row % WIDTHS.length]}%, ${7 * WIDTHS[row % WIDTHS.length]}px)` },
};
