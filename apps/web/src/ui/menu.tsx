import { Menu } from '@base-ui/react/menu';
import type { ReactNode } from 'react';

/** The sheet of a menu. */
export function MenuPopup({ children, side = 'bottom' }: { children: ReactNode; side?: 'bottom' | 'top' }) {
  return (
    <Menu.Portal>
      <Menu.Positioner side={side} align="start" sideOffset={6} className="z-50 outline-none">
        <Menu.Popup className="min-w-48 origin-[var(--transform-origin)] rounded-xl border border-line bg-raised p-1.5 shadow-float outline-none transition-[opacity,scale] duration-120 data-[ending-style]:scale-97 data-[ending-style]:opacity-0 data-[starting-style]:scale-97 data-[starting-style]:opacity-0">
          {children}
        </Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  );
}

/** A line of a menu. */
export function MenuItem(props: {
  icon: ReactNode;
  danger?: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  const look =
    props.danger === true ? 'text-danger data-[highlighted]:bg-danger-soft' : 'data-[highlighted]:bg-hover';
  return (
    <Menu.Item
      onClick={props.onClick}
      className={`flex h-9 cursor-pointer items-center gap-2.5 rounded-lg px-2.5 text-[0.9rem] outline-none select-none [&_svg]:size-4 ${look}`}
    >
      <span aria-hidden="true">{props.icon}</span>
      {props.children}
    </Menu.Item>
  );
}
