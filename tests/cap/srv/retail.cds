using retailer from '../db/retail';

// A page of the server is smaller than what is asked for, so links must be followed.
@requires: 'authenticated-user'
@cds.query.limit.max: 40
service Retail @(path: 'retail') {
  @readonly entity Partners as projection on retailer.Partners;
  @readonly entity Orders   as projection on retailer.Orders;
  @readonly entity Lines    as projection on retailer.Lines;
}
