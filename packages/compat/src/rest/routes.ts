import { z } from 'zod';
import {
  legacyChat,
  legacyCreatedChat,
  legacyMessage,
  legacyProfile,
  legacyUser,
  toLegacyProfile,
  toLegacyUser,
  toNaiveTime,
} from '../legacy/shapes.ts';
import { walkChats, walkMessages } from '../legacy/walks.ts';
import { type Route, route, routeOfList, routeWithBody } from './route.ts';

const credentials = z.object({ email: z.string(), password: z.string() });
const said = z.strictObject({ success: z.literal(true), message: z.string() });
const id = z.int().positive();

const success = (message: string): z.infer<typeof said> => ({ success: true, message });

/** Every call of the legacy REST surface, in the order of its documentation. */
export const routes: readonly Route[] = [
  routeWithBody({
    method: 'POST',
    path: '/api/auth/signup',
    operation: 'signUp',
    summary: 'Creates an account and logs in',
    needsSession: false,
    status: 201,
    errors: [409, 429],
    body: credentials,
    response: said.extend({ user_id: id }),
    async handle({ caller, body }) {
      const { user } = await caller.auth.signUp({ email: body.email, password: body.password });
      return { ...success('Account created successfully'), user_id: user.id };
    },
  }),
  routeWithBody({
    method: 'POST',
    path: '/api/auth/login',
    operation: 'logIn',
    summary: 'Logs in',
    needsSession: false,
    errors: [401, 403, 429],
    body: credentials,
    response: said.extend({ user: legacyUser }),
    async handle({ caller, body }) {
      const { user } = await caller.auth.logIn({ email: body.email, password: body.password });
      return { ...success('Login successful'), user: toLegacyUser(user) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/auth/logout',
    operation: 'logOut',
    summary: 'Logs out; also when nobody is logged in',
    needsSession: false,
    response: said,
    async handle({ caller }) {
      await caller.auth.logOut();
      return success('Logged out successfully');
    },
  }),
  route({
    method: 'GET',
    path: '/api/auth/check',
    operation: 'checkSession',
    summary: 'Tells whether the caller is logged in',
    needsSession: false,
    response: z.union([
      z.strictObject({ authenticated: z.literal(true), user: legacyUser }),
      z.strictObject({ authenticated: z.literal(false) }),
    ]),
    async handle({ caller }) {
      const checked = await caller.auth.check();
      if (!checked.authenticated) return { authenticated: false } as const;
      return { authenticated: true, user: toLegacyUser(checked.user) } as const;
    },
  }),
  routeWithBody({
    method: 'POST',
    path: '/api/auth/verify-email',
    operation: 'verifyEmail',
    summary: 'Verifies an address with the token that was mailed to it',
    needsSession: false,
    errors: [429],
    body: z.object({ token: z.string() }),
    response: said,
    async handle({ caller, body }) {
      await caller.auth.verifyEmail({ token: body.token });
      return success('Email verified successfully');
    },
  }),
  routeWithBody({
    method: 'POST',
    path: '/api/auth/resend-verification',
    operation: 'resendVerification',
    summary: 'Mails a new token; never tells whether the address exists',
    needsSession: false,
    errors: [429],
    body: z.object({ email: z.string() }),
    response: said,
    async handle({ caller, body }) {
      await caller.auth.resendVerification({ email: body.email });
      return success('If this address needs to be verified, an email has been sent');
    },
  }),
  routeWithBody({
    method: 'POST',
    path: '/api/auth/forgot-password',
    operation: 'forgotPassword',
    summary: 'Mails a token for a new password; never tells whether the address exists',
    needsSession: false,
    errors: [429],
    body: z.object({ email: z.string() }),
    response: said,
    async handle({ caller, body }) {
      await caller.auth.forgotPassword({ email: body.email });
      return success('If an account with this address exists, an email has been sent');
    },
  }),
  routeWithBody({
    method: 'POST',
    path: '/api/auth/verify-reset-token',
    operation: 'verifyResetToken',
    summary: 'Tells whether a token for a new password is still good',
    needsSession: false,
    errors: [429],
    body: z.object({ token: z.string() }),
    response: said,
    async handle({ caller, body }) {
      await caller.auth.verifyResetToken({ token: body.token });
      return success('Token is valid');
    },
  }),
  routeWithBody({
    method: 'POST',
    path: '/api/auth/reset-password',
    operation: 'resetPassword',
    summary: 'Sets a new password with a mailed token',
    needsSession: false,
    errors: [429],
    body: z.object({ token: z.string(), password: z.string() }),
    response: said,
    async handle({ caller, body }) {
      await caller.auth.resetPassword({ token: body.token, password: body.password });
      return success('Password reset successfully');
    },
  }),
  route({
    method: 'GET',
    path: '/api/user/profile',
    operation: 'profile',
    summary: 'The caller’s account',
    needsSession: true,
    response: legacyProfile,
    handle: async ({ caller }) => toLegacyProfile(await caller.user.profile()),
  }),
  routeWithBody({
    method: 'PATCH',
    path: '/api/user/profile',
    operation: 'updateProfile',
    summary: 'Changes the display name; null takes it away',
    needsSession: true,
    errors: [429],
    body: z.object({ display_name: z.string().nullable() }),
    response: said.extend({ user: legacyProfile.extend({ display_name: z.string().nullable() }) }),
    async handle({ caller, body }) {
      const user = await caller.user.updateProfile({ displayName: body.display_name });
      return {
        ...success('Profile updated successfully'),
        user: { ...toLegacyProfile(user), display_name: user.displayName },
      };
    },
  }),
  routeWithBody({
    method: 'DELETE',
    path: '/api/user/account',
    operation: 'deleteAccount',
    summary: 'Deletes the account and everything in it',
    needsSession: true,
    errors: [401],
    body: z.object({ password: z.string().optional() }),
    response: said,
    async handle({ caller, body }) {
      await caller.user.deleteAccount(body.password === undefined ? {} : { password: body.password });
      return success('Account deleted successfully');
    },
  }),
  routeOfList({
    method: 'GET',
    path: '/api/chat/list',
    operation: 'listChats',
    summary: 'All chats of the caller, newest activity first',
    needsSession: true,
    key: 'chats',
    response: z.strictObject({ chats: z.array(legacyChat) }),
    walk: ({ caller, userId }) => walkChats(caller, userId),
  }),
  route({
    method: 'POST',
    path: '/api/chat/create',
    operation: 'createChat',
    summary: 'Opens a chat',
    needsSession: true,
    status: 201,
    errors: [409, 429],
    response: legacyCreatedChat,
    async handle({ caller }) {
      const chat = await caller.chat.create({});
      return { chat_id: chat.id, title: chat.title, created_at: toNaiveTime(chat.createdAt) };
    },
  }),
  routeOfList({
    method: 'GET',
    path: '/api/chat/:id/messages',
    operation: 'listMessages',
    summary: 'All messages of a chat, oldest first',
    needsSession: true,
    errors: [403, 404],
    key: 'messages',
    response: z.strictObject({ messages: z.array(legacyMessage) }),
    walk: ({ caller, id: chatId }) => walkMessages(caller, chatId),
  }),
  routeWithBody({
    method: 'PUT',
    path: '/api/chat/:id/rename',
    operation: 'renameChat',
    summary: 'Gives a chat another title',
    needsSession: true,
    errors: [403, 404, 429],
    body: z.object({ title: z.string() }),
    response: said.extend({ chat_id: id, title: z.string() }),
    async handle({ caller, id: chatId, body }) {
      const chat = await caller.chat.rename({ chatId, title: body.title });
      return { ...success('Chat renamed successfully'), chat_id: chat.id, title: chat.title };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/chat/:id',
    operation: 'deleteChat',
    summary: 'Deletes a chat',
    needsSession: true,
    errors: [403, 404, 429],
    response: said,
    async handle({ caller, id: chatId }) {
      await caller.chat.delete({ chatId });
      return success('Chat deleted successfully');
    },
  }),
];
