// What stands where there is nothing to show, and why: each reason looks and reads differently.
import { Icon } from "./icons.js";

const SIGNS = { loading: "wait", empty: "", error: "warning", forbidden: "lock" };
const ROLES = { loading: "status", error: "alert" };

export const Condition = {
  components: { Icon },
  props: { kind: String, text: String, name: String },
  template: `
    <div class="condition" :data-kind="kind" :data-testid="name + '-' + kind" :role="role">
      <Icon v-if="sign" :name="sign" /><p>{{ text }}</p><slot></slot>
    </div>`,
  computed: { sign: (vm) => SIGNS[vm.kind], role: (vm) => ROLES[vm.kind] ?? null },
};

export const kindOf = (failure) => (failure.code === "forbidden" ? "forbidden" : "error");
