namespace retailer;

entity Partners {
  key Number  : String(10);
      Name    : String(80);
      Phone   : String(20);
      Email   : String(120);
      Channel : String(10);
      Joined  : Date;
      Blocked : Boolean;
}

entity Orders {
  key Number   : String(10);
      Placed   : Timestamp;
      Day      : Date;
      Channel  : String(10);
      Kind     : String(4);
      Status   : String(2);
      Buyer    : String(10);
      Total    : Decimal(15, 2);
      Currency : String(3);
      Lines    : Composition of many Lines on Lines.Order = $self;
}

entity Lines {
  key Order    : Association to Orders;
  key Position : Integer;
      Article  : String(40);
      Text     : String(80);
      Quantity : Decimal(13, 3);
      Unit     : String(3);
      Amount   : Decimal(15, 2);
}
