// Settings as they are in force: what each means, its value, and whether the environment has set it.
export const Rules = {
  props: { rows: Array, what: String },
  template: `
    <div class="table-box" tabindex="0" role="region" :aria-label="what">
      <table class="grid rules">
        <caption class="spoken">{{ what }}</caption>
        <thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col" class="wide">From</th></tr></thead>
        <tbody>
          <tr v-for="row in rows" :key="row.name" :data-testid="'setting-' + row.name">
            <th scope="row"><code>{{ row.name }}</code><p class="help">{{ row.about }}</p></th>
            <td class="number">{{ row.value }}</td>
            <td class="wide from" :data-given="row.given">{{ row.given ? 'set' : 'default' }}</td>
          </tr>
        </tbody>
      </table>
    </div>`,
};
