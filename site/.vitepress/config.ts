import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { slugOf } from '../slug.ts';

interface Pages {
  readonly titles: Readonly<Record<string, string>>;
  readonly reference: readonly { readonly path: string; readonly title: string }[];
}

const pages = JSON.parse(readFileSync(join(import.meta.dirname, '../.pages/pages.json'), 'utf8')) as Pages;

/** Guides by what a person is about to do; one that is not named stands at the end. */
const GUIDES: Readonly<Record<string, readonly string[]>> = {
  Extract: ['csv', 'apis', 'databases', 'incremental', 'schemas'],
  Transform: ['transforming', 'cleaning', 'checking', 'coming-from'],
  Load: ['loading', 'files', 'types'],
  Run: ['command-line', 'pipelines', 'errors-and-what-to-do', 'larger-than-memory'],
  'Look, test, predict': ['notebooks', 'testing', 'regression'],
};

const linkTo = (page: string): DefaultTheme.SidebarItem => ({
  text: pages.titles[page] ?? page,
  link: `/${page.replace(/\.md$/, '').replace(/(^|\/)index$/, '$1')}`,
});
const has = (page: string): boolean => page in pages.titles;

const named = new Set(Object.values(GUIDES).flat());
const others = Object.keys(pages.titles)
  .filter((page) => page.startsWith('guides/'))
  .filter((page) => !named.has(page.replace(/^guides\/|\.md$/g, '')));
const decisions = Object.keys(pages.titles)
  .filter((page) => /^decisions\/\d/.test(page))
  .sort();

const guides: DefaultTheme.SidebarItem[] = [
  { text: 'Tutorial, 15 minutes', link: '/tutorial' },
  ...Object.entries(GUIDES).map(([text, names]) => ({
    text,
    items: names
      .map((name) => `guides/${name}.md`)
      .filter(has)
      .map(linkTo),
  })),
  ...(others.length === 0 ? [] : [{ text: 'More', items: others.map(linkTo) }]),
  {
    text: 'About',
    items: [
      'overview.md',
      'errors.md',
      'architecture.md',
      'peer-cases.md',
      'benchmarks.md',
      'changelog.md',
      'contributing.md',
    ]
      .filter(has)
      .map(linkTo),
  },
  { text: 'Decisions', collapsed: true, items: decisions.map(linkTo) },
];

const reference: DefaultTheme.SidebarItem[] = [
  { text: 'All names', link: '/reference/' },
  { text: 'Reference', items: pages.reference.map(({ path, title }) => ({ text: title, link: `/reference/${path}` })) },
];

export default defineConfig({
  title: 'millrace',
  description: 'A typed, in-process dataframe ETL toolkit for TypeScript.',
  srcDir: '.pages',
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    anchor: { slugify: slugOf },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    nav: [
      { text: 'Tutorial', link: '/tutorial' },
      { text: 'Guides', link: '/guides/transforming', activeMatch: '/guides/' },
      { text: 'Verbs', link: '/reference/frame' },
      { text: 'Reference', link: '/reference/' },
      { text: 'Errors', link: '/errors' },
    ],
    sidebar: { '/reference/': reference, '/': guides },
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        detailedView: true,
        // What a name does before what was measured, decided or changed.
        miniSearch: {
          searchOptions: {
            boostDocument: (id: string) =>
              /^\/(benchmarks|changelog|contributing|decisions|peer-cases)/.test(id)
                ? 0.3
                : id.startsWith('/errors')
                  ? 0.7
                  : 1,
          },
        },
      },
    },
  },
});
