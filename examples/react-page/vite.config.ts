import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm start` in the root serves Amanda on port 5000; the page is served beside it, and its calls go there. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  server: { proxy: { '/trpc': { target: 'http://127.0.0.1:5000', ws: true } } },
});
