"""Services of our own making: real HTTP on the loopback interface, with a memory, and faults on demand."""
