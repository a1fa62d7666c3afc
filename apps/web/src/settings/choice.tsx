/** One of a few: radio buttons that look like one bar. */
export function Choice<Value extends string>(props: {
  label: string;
  options: Readonly<Record<NoInfer<Value>, string>>;
  value: Value;
  onChange: (value: Value) => void;
}) {
  const entries = Object.entries<string>(props.options).filter(
    (entry): entry is [Value, string] => entry[0] in props.options,
  );
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 text-sm font-medium">{props.label}</legend>
      <div className="flex flex-wrap gap-1 rounded-xl bg-panel p-1">
        {entries.map(([value, label]) => (
          <label
            key={value}
            className="flex-1 cursor-pointer rounded-lg px-3 py-2 text-center text-[0.9rem] whitespace-nowrap text-ink-soft has-checked:bg-raised has-checked:font-medium dark:has-checked:bg-hover has-checked:text-ink has-checked:shadow-lift has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={props.label}
              className="sr-only"
              checked={props.value === value}
              onChange={() => props.onChange(value)}
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
