CREATE TABLE of_the_service (id INT PRIMARY KEY);
