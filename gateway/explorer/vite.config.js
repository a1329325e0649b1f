import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Addresses are relative, so the page also works under a prefix behind a proxy.
// Nothing is inlined as data: the page's Content-Security-Policy names files only.
export default defineConfig({
  base: "./",
  plugins: [react()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4096,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // The explorer, and the pages of the staff, which need no editor.
      input: ["index.html", "sales.html", "adoption.html"],
      // Dependencies carry React's "use no memo"; without its compiler the hint means nothing.
      checks: { moduleLevelDirective: false },
    },
  },
});
