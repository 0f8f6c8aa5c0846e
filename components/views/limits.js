// The limits in force, who has used how much of them just now, and the rules for commands.
import { Asking } from "clawnet/ask.js";
import { isLive } from "clawnet/connection.js";
import { SettingsForm } from "clawnet/settings-form.js";
import { Condition, kindOf } from "clawnet/condition.js";
import { Rules } from "clawnet/rules.js";
import { Skeleton } from "clawnet/skeleton.js";

export default {
  mixins: [Asking],
  components: { Condition, Rules, SettingsForm, Skeleton },
  template: `
    <section class="part" aria-labelledby="limits-title">
      <h3 id="limits-title">Limits and safety</h3>
      <Skeleton v-if="!picture" name="limits" text="Loading limits" :rows="4" shape="form" />
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
        <h4>Connections</h4>
        <p v-if="!picture.links.length" class="help" data-testid="limits-no-links">No agent is connected.</p>
        <div v-else class="table-box" tabindex="0" role="region" aria-label="Connections">
          <table class="grid" data-testid="limits-links">
            <caption class="spoken">Who holds how many connections</caption>
            <thead><tr><th scope="col">Who</th><th scope="col">Connections</th></tr></thead>
            <tbody><tr v-for="each in picture.links.slice(0, 20)" :key="each.key"><th scope="row"><bdi>{{ each.who }}</bdi></th><td class="number"><meter min="0" :max="picture.most" :high="picture.most * 0.8" :value="each.count" :aria-label="'Connections of ' + each.who"></meter> {{ each.count }} of {{ picture.most }}</td></tr></tbody>
          </table>
        </div>
        <p v-if="picture.links.length > 20" class="help">And {{ picture.links.length - 20 }} more with as many or fewer.</p>
        <h4>Would it run?</h4>
        <form class="judge inline" @submit.prevent="judge"><label for="judge-line" class="spoken">Command line</label><input id="judge-line" v-model="line" placeholder="/do restart the api" maxlength="4000" required autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="judge-line" @input="verdict = null" /><button type="submit" class="button" data-testid="judge">Test</button></form>
        <p v-if="verdict" class="outcome" :data-state="verdict.state" role="status" data-testid="judge-verdict">{{ verdict.text }}</p>
        <h4>Can be changed now</h4>
        <SettingsForm :rows="picture.form" :only="picture.only" :last="picture.last" :asks="ask" :live="live" :read-only="!writes" />
        <h4>Set when the relay starts</h4>
        <Rules :rows="picture.rules" what="Limits in force" />
      </template>
    </section>`,
  data: () => ({ picture: null, line: "", verdict: null }),
  computed: {
    kind: (vm) => kindOf(vm.picture),
    live: () => isLive(),
    writes: (vm) => vm.picture.writes,
  },
  methods: {
    show(picture) {
      this.picture = picture;
    },

    async judge() {
      const answer = await this.ask("judge", { line: this.line.trim() });
      if (answer.error) return void (this.verdict = { state: "failed", text: answer.error });
      const words = { blocked: `Never: it is blocked by the rule ${answer.rule}`, approval: `Only once a master approves: it matches the rule ${answer.rule}`, runs: "It runs without a question." }[answer.verdict];
      this.verdict = { state: { blocked: "failed", approval: "warn", runs: "ok" }[answer.verdict], text: words };
    },
  },
};
