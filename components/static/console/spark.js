// A small curve of what was reported lately, on a scale from 0 to the top. Where nothing was reported, there is a gap.
export const RECENT = 300000;
const GAP = 75000; // ms between two reports after which nothing is known of what was between
const [WIDTH, HEIGHT] = [88, 20];

const round = (number) => Math.round(number * 10) / 10;

export const Spark = {
  props: {
    samples: Array, column: Number, name: String, now: Number, wide: Boolean,
    span: { type: Number, default: RECENT }, words: { type: String, default: "last 5 minutes" }, gap: { type: Number, default: GAP },
    top: { type: Number, default: 100 }, unit: { type: String, default: "%" },
  },
  template: `
    <svg class="spark" :class="{ wide }" :viewBox="'0 0 ' + size[0] + ' ' + size[1]" :width="size[0]" :height="size[1]" role="img" :aria-label="told" preserveAspectRatio="none">
      <path :d="path" vector-effect="non-scaling-stroke" /><circle v-if="last && !wide" :cx="last[0]" :cy="last[1]" r="2" />
    </svg>`,
  computed: {
    size: (vm) => (vm.wide ? [400, 64] : [WIDTH, HEIGHT]),
    points() {
      const [width, height] = this.size;
      const from = this.now - this.span;
      return this.samples
        .map((each) => [Date.parse(each[0]), each[this.column]])
        .filter(([at, value]) => at >= from && value !== null)
        .map(([at, value]) => ({ at, value, place: [round(Math.min(width - 2, ((at - from) / this.span) * width)), round(2 + (1 - Math.min(1, value / this.top)) * (height - 4))] }));
    },
    path() {
      return this.points.map(({ at, place }, number) => `${number && at - this.points[number - 1].at <= this.gap ? "L" : "M"}${place}`).join("");
    },
    last: (vm) => vm.points.at(-1)?.place,
    told() {
      const values = this.points.map(({ value }) => Math.round(value));
      if (!values.length) return `${this.name}: nothing reported in the ${this.words}`;
      return `${this.name} ${values.at(-1)} ${this.unit}, ${this.words} ${Math.min(...values)} to ${Math.max(...values)} ${this.unit}`;
    },
  },
};
