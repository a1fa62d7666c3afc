import type { RouterOutputs } from '@amanda/api';

type Version = RouterOutputs['message']['versions']['items'][number];

/**
 * Joins the items of several pages of `message.versions`: a version that was named again, because more followed it than
 * one page holds, becomes one with all that followed.
 */
export function joinVersions(items: readonly Version[]): readonly Version[] {
  const joined: Version[] = [];
  for (const item of items) {
    const last = joined.at(-1);
    if (last?.message.id !== item.message.id) joined.push(item);
    else joined[joined.length - 1] = { ...item, followedBy: [...last.followedBy, ...item.followedBy] };
  }
  return joined;
}
