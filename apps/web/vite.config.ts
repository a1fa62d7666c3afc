import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressed } from './compressed.ts';
import { shells } from './shells.ts';

/** Everything is a file of its own origin: the page runs under a policy without inline scripts, styles or data URLs. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), shells(), compressed()],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    reportCompressedSize: false,
  },
  server: { proxy: { '/trpc': { target: 'http://127.0.0.1:5000', ws: true } } },
});
