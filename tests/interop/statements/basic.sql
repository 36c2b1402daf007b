create database interop
use interop
create stable meters (ts timestamp, current float, voltage int) tags (location varchar(64), groupid int)
insert into d1001 using meters tags ('California.SanFrancisco', 2) values ('2024-01-01 00:00:00.000', 10.5, 219) ('2024-01-01 00:00:10.000', 12.25, 218)
insert into d1002 using meters tags ('California.LosAngeles', 3) values ('2024-01-01 00:00:00.000', 11.75, 221)
select ts, current, voltage, location, groupid from meters order by ts, groupid
select count(*), max(voltage), avg(current) from meters
select voltage from meters where groupid = 3
select voltage from meters where groupid = 4
show databases
select stable_name from information_schema.ins_stables where db_name = 'interop'
show tables
describe meters
create table if not exists d1002 using meters tags ('California.LosAngeles', 3)
drop table d1002
select count(*) from meters
drop database interop
