import type { Messages } from '../zh-CN';
import accident from './accident';
import account from './account';
import apply from './apply';
import bound from './bound';
import core from './core';
import filing from './filing';
import inbox from './inbox';
import licence from './licence';
import markcase from './markcase';
import officer from './officer';
import partner from './partner';
import present from './present';
import unit from './unit';
import simple from './simple';
import verify from './verify';

/** English, complete. */
const en: Messages = {
  ...core,
  ...licence,
  ...apply,
  ...verify,
  ...inbox,
  ...present,
  ...filing,
  ...unit,
  ...markcase,
  ...simple,
  ...account,
  ...accident,
  ...bound,
  ...officer,
  ...partner,
};

export default en;
