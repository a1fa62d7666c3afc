import react from '@vitejs/plugin-react';
import { createServer, type Plugin, type Rolldown } from 'vite';
import type { Shell } from './src/shell/shell.ts';

/**
 * Writes the page once more for each kind of reader and place, with what it will show already in it:
 * `shells/<reader>/<first part of the path>.html`. The server chooses by the request; see `packages/host/src/http/page.ts`.
 */
export function shells(): Plugin {
  let root = '';
  return {
    name: 'shells',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle: {
      // After Vite has made `index.html`.
      order: 'post',
      async handler(_options, bundle) {
        const page = bundle['index.html'];
        if (page?.type !== 'asset') throw new Error('the build has no index.html');
        const html = withEarlyLinks(String(page.source), bundle);
        page.source = html;
        for (const shell of await rendered(root)) {
          const source = html.replace(
            '<div id="root"></div>',
            `<div id="shell" data-reader="${shell.reader}">${shell.html}</div>\n    <div id="root"></div>`,
          );
          if (source === html) throw new Error('index.html has no place for a shell');
          const whole = shell.reader === 'member' ? withChatParts(source, bundle) : source;
          for (const place of shell.places) {
            const fileName = `shells/${shell.reader}/${place === '' ? 'index' : place}.html`;
            this.emitFile({ type: 'asset', fileName, source: whole });
          }
        }
      },
    },
  };
}

/** Renders the shells with the page's own sources, which only Vite can read. */
async function rendered(root: string): Promise<readonly Shell[]> {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    plugins: [react()],
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    const module: { renderShells?: () => Promise<readonly Shell[]> } =
      await server.ssrLoadModule('/src/shell/render.tsx');
    return (await module.renderShells?.()) ?? [];
  } finally {
    await server.close();
  }
}

/** What the first paint needs comes before the scripts: the styles, then the letters. */
function withEarlyLinks(html: string, bundle: Rolldown.OutputBundle): string {
  const [styles] = /\s*<link rel="stylesheet"[^>]*>/.exec(html) ?? [];
  const font = Object.keys(bundle).find((name) => /inter-latin-wght-normal.*\.woff2$/.test(name));
  if (styles === undefined || font === undefined) throw new Error('the build has no styles or no letters');
  const first = `${styles}\n    <link rel="preload" as="font" type="font/woff2" crossorigin href="/${font}">`;
  return html.replace(styles, '').replace(/\s*<script src="\/first\.js">/, `${first}$&`);
}

/** Whoever has a session needs the chat: its scripts come beside the page's own, not after them. */
function withChatParts(html: string, bundle: Rolldown.OutputBundle): string {
  const wanted = new Set<string>();
  const want = (name: string) => {
    const chunk = bundle[name];
    if (chunk?.type !== 'chunk' || wanted.has(name)) return;
    wanted.add(name);
    for (const each of chunk.imports) want(each);
  };
  for (const [name, chunk] of Object.entries(bundle)) {
    if (chunk.type !== 'chunk') continue;
    if (/\/routes\/(?:inside|chat-routes)\.tsx$/.test(chunk.facadeModuleId ?? '')) want(name);
  }
  if (wanted.size === 0) throw new Error('the build has no chat');
  const links = [...wanted]
    .filter((name) => !html.includes(`/${name}"`))
    .map((name) => `    <link rel="modulepreload" crossorigin href="/${name}">\n`);
  return html.replace('  </head>', `${links.join('')}  </head>`);
}
