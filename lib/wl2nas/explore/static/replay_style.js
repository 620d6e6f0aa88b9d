// How the search replay looks, besides what all explorers have from parts.js.

export const STYLE = `
.wl-replay .main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 10px; align-items: start; }
.wl-replay .side { display: grid; gap: 10px; min-width: 0; }
.wl-replay .title { font-weight: 600; margin: 0; }
.wl-replay .card p { margin: 0 0 2px; }
.wl-replay .card svg { max-height: 190px; }
.wl-replay label { display: inline-flex; gap: 5px; align-items: center; max-width: 100%; }
.wl-replay select { min-width: 0; max-width: 100%; padding: 4px 6px; }
.wl-replay input.number { width: 5.5em; }
.wl-replay input[type="range"] { flex: 1 1 120px; min-width: 0; }
.wl-replay .modes button, .wl-replay .main-action { font-weight: 600; }
.wl-replay .main-action { min-width: 5em; }
.wl-replay .counter { min-width: 8.5em; }
.wl-replay [role="status"] { font-weight: 600; min-height: 1.45em; }
.wl-replay .bar { display: inline-block; width: 70px; height: 11px; border: 1px solid var(--line); vertical-align: middle; }
.wl-replay .legend, .wl-replay figcaption { font-size: 13px; color: var(--soft); }
.wl-replay .legend { min-height: 2.9em; }
.wl-replay .verdict { margin: 8px 0; }
.wl-replay .verdict .scroll { max-height: none; }
.wl-replay .verdict th, .wl-replay .verdict td:first-child { white-space: normal; }
.wl-replay [hidden] { display: none; }
@media (max-width: 640px) {
  .wl-replay .main { grid-template-columns: minmax(0, 1fr); }
  .wl-replay .choosers { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .wl-replay .choosers label { flex-direction: column; align-items: stretch; gap: 0; }
  .wl-replay .choosers input.number { width: 100%; padding: 6px; }
  .wl-replay .modes button { padding: 6px; font-size: 13px; }
  .wl-replay [role="status"] { min-height: 2.9em; }
  .wl-replay .card svg { max-height: 150px; }
}
`;
