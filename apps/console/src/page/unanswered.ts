import type { Unanswered } from '../services/service.js';
import { html, type Html } from './html.js';

/** Why a part of a page cannot be shown, where its place is. */
export const unansweredBox = ({ service, status, reason }: Unanswered, what: string): Html =>
  html`<div class="notice ${status === null ? 'away' : 'trouble'}">
    <strong>${what} cannot be shown.</strong>
    <p>${service} ${status === null ? 'is away' : 'said no'}: ${reason}</p>
  </div>`;
