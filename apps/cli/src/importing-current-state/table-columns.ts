/** What is read of a row, and how tables spell it. */
export const tableColumns = {
  orderId: ['id', 'orderid', 'ordernumber', 'orderno', 'ordernr'],
  total: ['total', 'amount', 'totalamount', 'ordertotal'],
  status: ['status', 'orderstatus', 'state'],
  currency: ['currency', 'currencycode'],
  customerId: ['customerid', 'userid', 'clientid'],
  captured: ['captured', 'capturedamount', 'amountcaptured', 'paid', 'paidamount', 'amountpaid'],
  refunded: ['refunded', 'refundedamount', 'amountrefunded', 'refundamount'],
  createdAt: ['createdat', 'created', 'placedat', 'orderedat', 'orderdate'],
  updatedAt: ['updatedat', 'updated', 'modifiedat', 'lastmodified', 'lastupdated', 'changedat'],
} as const satisfies Record<string, readonly string[]>;
export type TableField = keyof typeof tableColumns;

/** What is read of an entry of its log. */
export const logColumns = {
  id: ['id', 'logid', 'auditid', 'entryid', 'seq', 'eventid'],
  table: ['tablename', 'table', 'relname'],
  orderId: ['orderid', 'rowid', 'recordid', 'rowpk', 'pk', 'entityid', 'objectid'],
  action: ['action', 'operation', 'op', 'tgop', 'event', 'eventtype'],
  /** Of a log with an entry for each value that changed: which one; then before and after are that value alone. */
  column: ['columnname', 'column', 'fieldname', 'field', 'attribute'],
  before: ['oldvalues', 'olddata', 'oldvalue', 'oldrecord', 'oldrow', 'old', 'before'],
  after: ['newvalues', 'newdata', 'newvalue', 'newrecord', 'newrow', 'new', 'after', 'record'],
  at: ['changedat', 'at', 'ts', 'timestamp', 'createdat', 'loggedat', 'actiontime', 'happenedat'],
  actor: ['changedby', 'actor', 'username', 'dbuser', 'sessionuser', 'author', 'by'],
} as const satisfies Record<string, readonly string[]>;
export type LogField = keyof typeof logColumns;

const personal = /name|mail|phone|tel$|mobile|address|street|city|town|post ?code|zip|birth|^dob$|^ip$/i;

/** Whether a column, by its name, tells who a person is: it is never read, and the summary says so. */
export const tellsWhoSomeoneIs = (column: string): boolean => personal.test(column);
