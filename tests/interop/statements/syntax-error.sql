selec 1
select * from nowhere.nothing
