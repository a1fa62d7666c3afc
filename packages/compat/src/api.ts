import type { Caller as RouterCaller } from '@amanda/api';

/** All that compat takes from the shared router and the contract; it knows nothing else of Amanda. */
export { AmandaError, amandaErrorOf, describeError, type RouterOutputs, refusalKindOf } from '@amanda/api';
export { errorTable } from '@amanda/contract';

/** The procedures that the legacy surface is made of. A caller of the router with the surface `compat` is one. */
export interface Caller {
  readonly auth: Pick<
    RouterCaller['auth'],
    | 'signUp'
    | 'logIn'
    | 'logOut'
    | 'check'
    | 'verifyEmail'
    | 'resendVerification'
    | 'forgotPassword'
    | 'verifyResetToken'
    | 'resetPassword'
  >;
  readonly user: Pick<RouterCaller['user'], 'profile' | 'updateProfile' | 'deleteAccount'>;
  readonly chat: Pick<RouterCaller['chat'], 'list' | 'create' | 'get' | 'rename' | 'delete'>;
  readonly message: Pick<RouterCaller['message'], 'list' | 'send' | 'stop' | 'stream'>;
}
