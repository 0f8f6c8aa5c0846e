// The two things that are kept about the relay itself.
export const LogTabs = {
  props: { open: String },
  template: `
    <nav class="subtabs" aria-label="Logs">
      <a href="/dashboard/logs" data-testid="logs-tab-relay" :aria-current="open === 'relay' ? 'page' : null">Relay</a>
      <a href="/dashboard/audit?action=task." data-testid="logs-tab-tasks" :aria-current="open === 'tasks' ? 'page' : null">Tasks</a>
      <a href="/dashboard/audit" data-testid="logs-tab-audit" :aria-current="open === 'audit' ? 'page' : null">Audit</a>
    </nav>`,
};
