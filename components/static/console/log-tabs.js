// What is kept of what happened: by the relay, by tasks, of one agent, and for good.
const TABS = [["relay", "Relay", "/dashboard/logs"], ["tasks", "Tasks", "/dashboard/logs?of=tasks"], ["agent", "Agent", "/dashboard/logs?of=agent"], ["audit", "Audit", "/dashboard/audit"]];

export const LogTabs = {
  props: { open: String },
  template: `
    <nav class="subtabs" aria-label="Logs">
      <a v-for="[name, words, path] in tabs" :key="name" :href="path" :data-testid="'logs-tab-' + name" :aria-current="open === name ? 'page' : null">{{ words }}</a>
    </nav>`,
  data: () => ({ tabs: TABS }),
};
