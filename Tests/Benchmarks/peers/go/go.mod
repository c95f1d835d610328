module pushpeer

go 1.19
