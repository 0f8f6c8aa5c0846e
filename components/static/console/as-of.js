// Says of when a picture is, as long as the relay does not answer. Nothing may look live that is not.
import { isLive, link } from "./connection.js";
import { hhmm } from "./times.js";

export const AsOf = {
  template: `<p v-if="!live" class="as-of" role="status" data-testid="as-of">As of {{ at }}: the relay does not answer now.</p>`,
  data: () => ({ link }),
  computed: { live: (vm) => vm.link && isLive(), at: (vm) => hhmm(new Date(vm.link.last)) },
};
