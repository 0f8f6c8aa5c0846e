// The relay's own log. It keeps none of it, so there is nothing here but where to look.
import { Condition } from "clawnet/condition.js";
import { LogTabs } from "clawnet/log-tabs.js";

export default {
  components: { Condition, LogTabs },
  template: `
    <section class="logs" aria-labelledby="logs-title">
      <div class="page-head"><h2 id="logs-title">Logs</h2><LogTabs open="relay" /></div>
      <Condition name="logs" kind="empty" text="No lines are kept here.">
        <p class="help">The relay writes its log to its standard error, one JSON object a line, and keeps nothing of it. Read it where the relay runs: the terminal, <code>journalctl -u clawnet</code> or <code>docker logs</code>. What was done by whom is in the <a class="link" href="/dashboard/audit">audit trail</a>.</p>
      </Condition>
    </section>`,
};
