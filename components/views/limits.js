// The limits in force, and who has used how much of them just now.
import { Condition, kindOf } from "clawnet/condition.js";
import { Rules } from "clawnet/rules.js";

export default {
  components: { Condition, Rules },
  template: `
    <section class="part" aria-labelledby="limits-title">
      <h3 id="limits-title">Limits</h3>
      <Condition v-if="!picture" name="limits" kind="loading" text="Loading limits" />
      <Condition v-else-if="picture.error" name="limits" :kind="kind" :text="kind === 'forbidden' ? 'Only masters and wardens see the limits.' : picture.error" />
      <template v-else>
        <h4>In use now</h4>
        <Condition v-if="!picture.uses.length" name="limits" kind="empty" text="Nobody has asked for anything in the last seconds." />
        <div v-else class="table-box" tabindex="0" role="region" aria-label="Limits in use">
          <table class="grid" data-testid="limits-use">
            <caption class="spoken">Budgets in use, the emptiest first</caption>
            <thead><tr><th scope="col">Who</th><th scope="col">For what</th><th scope="col">Left</th><th scope="col" class="wide">Refilled</th></tr></thead>
            <tbody>
              <tr v-for="use in picture.uses" :key="use.key + use.budget" :data-testid="'limit-' + use.key + '-' + use.budget">
                <th scope="row"><bdi>{{ use.who }}</bdi></th><td>{{ use.budget }}</td>
                <td class="number"><meter min="0" :max="use.burst" :low="use.burst * 0.2" :value="use.left" :aria-label="'Left of ' + use.budget + ' for ' + use.who"></meter> {{ use.left.toLocaleString('en') }} of {{ use.burst.toLocaleString('en') }}</td>
                <td class="wide number">{{ use.rate.toLocaleString('en') }}/s</td>
              </tr>
            </tbody>
          </table>
        </div>
        <h4>In force</h4>
        <Rules :rows="picture.rules" what="Limits in force" />
      </template>
    </section>`,
  data: () => ({ picture: null }),
  computed: { kind: (vm) => kindOf(vm.picture) },
  methods: {
    show(picture) {
      this.picture = picture;
    },
  },
};
