// What stands where there is nothing to show, and why: each reason looks and reads differently.
import { Icon } from "./icons.js";

const SIGNS = { loading: "wait", empty: "", error: "warning", forbidden: "lock", limited: "wait" };
const ROLES = { loading: "status", error: "alert", limited: "alert" };

export const Condition = {
  components: { Icon },
  props: { kind: String, text: String, name: String },
  template: `
    <div class="condition" :data-kind="kind" :data-testid="name + '-' + kind" :role="role">
      <Icon v-if="sign" :name="sign" /><p>{{ text }}</p><slot></slot>
    </div>`,
  computed: { sign: (vm) => SIGNS[vm.kind], role: (vm) => ROLES[vm.kind] ?? null },
};

const KINDS = { forbidden: "forbidden", rate_limited: "limited" };
export const kindOf = (failure) => KINDS[failure.code] ?? "error";
