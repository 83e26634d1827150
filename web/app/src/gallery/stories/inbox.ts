import { getInbox, getLooks } from '@/api/inbox';
import LinkList from '@/components/LinkList.vue';
import LookRow from '@/components/LookRow.vue';
import NoticeRow from '@/components/NoticeRow.vue';
import type { State, Story } from '../story';

const PERSON = 'p-fine';
const notice = (name: string, at: number): State => ({
  name,
  person: PERSON,
  props: async () => ({ notice: (await getInbox(false)).items[at] }),
});
const look = (name: string, at: number): State => ({
  name,
  person: PERSON,
  props: async () => ({ look: (await getLooks()).items[at] }),
});

export const stories: readonly Story[] = [
  { name: 'NoticeRow', component: NoticeRow, states: [notice('unread', 0), notice('read', 4)] },
  {
    name: 'LookRow',
    component: LookRow,
    states: [look('at the counter', 0), look('by a proof link', 1), look('photo review', 2)],
  },
  {
    name: 'LinkList',
    component: LinkList,
    states: [
      {
        name: 'two ways on',
        props: {
          label: '通知',
          links: [
            { to: '/looks', icon: 'eye', title: '谁看过我的记录', text: '谁、什么时候、为什么' },
            { to: '/notice', icon: 'question', title: '核对通知真伪', text: '收到短信？' },
          ],
        },
      },
    ],
  },
];
