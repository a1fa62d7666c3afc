import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Figure } from './measure/figures.ts';

/** The machine that the figures came from, in words. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${model}), ${memory} GiB, ${process.platform}, Node ${process.version}`;
}

const number = (value: number | null): string =>
  value === null ? '–' : value >= 100 ? value.toFixed(0) : value.toPrecision(3);

const ratio = ({ limit, amanda }: Figure): string =>
  limit === null ? '–' : `${(amanda / limit).toFixed(2)} ×`;

const verdict = ({ met }: Figure): string => (met === null ? '' : met ? 'yes' : '**no**');

/** The figures as a Markdown table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(
    (figure) =>
      `| ${figure.what} | ${number(figure.limit)} ${figure.limit === null ? '' : figure.unit} | ${number(figure.amanda)} ${figure.unit} | ${ratio(figure)} | ${figure.goal} | ${verdict(figure)} |`,
  );
  return [
    '| what | bare program | Amanda | ratio | goal | met |',
    '|---|---:|---:|---:|---|---|',
    ...rows,
  ].join('\n');
}

/** The figures that have a limit beside them, as bars of Amanda's share of it. */
export function plot(figures: readonly Figure[]): string {
  const shown = figures.filter((figure) => figure.limit !== null && figure.met !== null);
  const [width, row, left] = [900, 46, 430];
  const most = Math.max(2, ...shown.map((figure) => figure.amanda / (figure.limit ?? 1)));
  const scale = (width - left - 90) / most;
  const bars = shown.map((figure, i) => {
    const share = figure.amanda / (figure.limit ?? 1);
    const y = 50 + i * row;
    const color = figure.met === true ? '#2f7d6d' : '#b4532a';
    return `  <text x="${left - 12}" y="${y + 19}" text-anchor="end">${escape(figure.what)}</text>
  <rect x="${left}" y="${y}" width="${(share * scale).toFixed(1)}" height="28" rx="3" fill="${color}"/>
  <text x="${(left + share * scale + 8).toFixed(1)}" y="${y + 19}">${share.toFixed(2)} ×</text>`;
  });
  const height = 70 + shown.length * row;
  const one = left + scale;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">
  <rect width="${width}" height="${height}" fill="#fff"/>
  <text x="${one}" y="24" text-anchor="middle" fill="#555">the bare program</text>
  <line x1="${one}" y1="32" x2="${one}" y2="${height - 20}" stroke="#999" stroke-dasharray="4 4"/>
${bars.join('\n')}
</svg>
`;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
