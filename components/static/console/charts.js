// How a machine fared: processor, memory, disk and latency, over the last minutes or the last hour.
import { RECENT, Spark } from "./spark.js";
import { load, save } from "./store.js";

const SPANS = {
  recent: { label: "5 min", span: RECENT, words: "last 5 minutes", ago: "5 min ago", gap: 75000 },
  hour: { label: "1 h", span: 3600000, words: "last hour", ago: "1 h ago", gap: 150000 },
};
const CURVES = [["CPU", 1, "%"], ["RAM", 2, "%"], ["Disk", 3, "%"], ["Latency", 4, "ms"]];
const LATENCIES = [10, 50, 100, 500, 1000, 5000, 60000]; // ms at the top of the scale
const NAME = "charts";

export const Charts = {
  components: { Spark },
  props: { curves: Object, high: Array, now: Number },
  template: `
    <section v-if="drawn.length" class="charts-box" aria-label="How its machine fared" data-testid="agent-charts" :data-span="chosen">
      <div class="charts-head"><div class="switch-group" role="group" aria-label="Time span"><button v-for="(each, name) in spans" :key="name" type="button" class="button small" :aria-pressed="String(chosen === name)" :data-testid="'charts-' + name" @click="choose(name)">{{ each.label }}</button></div></div>
      <dl class="charts"><div v-for="each in drawn" :key="each.name" :class="{ high: each.high }"><dt>{{ each.name }} <strong>{{ each.value }}</strong><span v-if="each.high" class="load-word"> high</span></dt>
        <dd><Spark :samples="samples" :column="each.column" :name="each.name" :now="now" :span="span.span" :words="span.words" :gap="span.gap" :top="each.top" :unit="each.unit" wide />
          <p class="help axis" aria-hidden="true"><span>{{ span.ago }}</span><span v-if="each.unit === 'ms'">0 to {{ each.top }} ms</span><span>now</span></p></dd></div></dl>
    </section>`,
  data: () => ({ chosen: load(NAME, "recent") in SPANS ? load(NAME, "recent") : "recent", spans: SPANS }),
  computed: {
    span: (vm) => SPANS[vm.chosen],
    // The newest word goes behind the minutes, so that the hour ends where the minutes end.
    samples: (vm) => (vm.chosen === "hour" ? [...vm.curves.hour, ...vm.curves.recent.slice(-1)] : vm.curves.recent),
    drawn() {
      return CURVES.map(([name, column, unit]) => {
        const values = [...this.curves.hour, ...this.curves.recent].map((each) => each[column]).filter((value) => value !== null);
        const top = unit === "%" ? 100 : LATENCIES.find((most) => Math.max(...values) <= most) ?? LATENCIES.at(-1);
        return { name, column, unit, top, value: values.length ? `${Math.round(values.at(-1))} ${unit}` : "", high: this.high.includes(name.toLowerCase()) };
      }).filter(({ value }) => value);
    },
  },
  methods: {
    choose(name) {
      this.chosen = name;
      save(NAME, name);
    },
  },
};
